"""How a report's page looks: on a screen by day and by night, and on A4."""

from markupsafe import Markup

CSS = Markup("""
:root{color-scheme:light dark;--ink:#1b2430;--soft:#5b6675;--line:#d9dee5;--page:#fff;--tint:#f4f6f9;--level:#2f5d9b;--up:#2e8b6d;
--down:#c2573f;--a0:#8fb3dc;--a1:#e0b64c;--a2:#d9863b;--a3:#b8403a}
@media screen and (prefers-color-scheme:dark){:root{--ink:#e6eaf0;--soft:#9aa6b5;--line:#333c48;--page:#14181e;--tint:#1c222a;
--level:#7aa7e0;--up:#5cc2a0;--down:#e58a72;--a0:#5f86b5;--a1:#d2a93f;--a2:#d98d4a;--a3:#dd6a63}}
*{box-sizing:border-box}
body{margin:0 auto;max-width:1120px;padding:28px 24px 60px;background:var(--page);color:var(--ink);
font:14px/1.5 system-ui,"Segoe UI",Roboto,"Helvetica Neue","PingFang SC",
"Microsoft YaHei","Noto Sans CJK SC","WenQuanYi Zen Hei",sans-serif}
h1{font-size:26px;line-height:1.2;margin:0 0 4px}h2{font-size:18px;margin:0 0 2px}h3{font-size:14px;margin:14px 0 6px}
p{margin:0 0 10px;color:var(--soft)}header{border-bottom:2px solid var(--ink);padding-bottom:12px;margin-bottom:18px}
header p{margin:0}section{margin:34px 0 0}a{color:var(--level)}
.cards{display:grid;grid-template-columns:repeat(auto-fit,minmax(190px,1fr));gap:10px;margin:0 0 8px}
.card{border:1px solid var(--line);border-left:4px solid var(--line);border-radius:4px;padding:8px 12px;break-inside:avoid}
.card.good{border-left-color:var(--up)}.card.bad{border-left-color:var(--down)}
.card b{display:block;font-size:19px;line-height:1.3;font-variant-numeric:tabular-nums}.card span{color:var(--soft);font-size:12px}
nav{font-size:13px;color:var(--soft);margin-top:14px}nav a{margin-right:14px;white-space:nowrap}
.pair{display:grid;grid-template-columns:minmax(0,3fr) minmax(0,2fr);gap:26px;align-items:start}
.key{display:inline-block;width:10px;height:10px;margin:0 5px 0 14px}.key.level{background:var(--level)}
.key.down{background:var(--down)}
.wrap{overflow-x:auto}.pair+.pair{margin-top:14px}
figure{margin:0 0 12px;max-width:760px}figcaption{font-weight:600;margin-bottom:6px}
table{border-collapse:collapse;width:100%;font-size:13px;line-height:1.4}
th{text-align:left;font-weight:600;color:var(--soft);border-bottom:1.5px solid var(--ink);padding:4px 8px;vertical-align:bottom}
td{border-bottom:1px solid var(--line);padding:4px 8px;vertical-align:top;overflow-wrap:anywhere}
td.n,th.n{text-align:right;font-variant-numeric:tabular-nums;white-space:nowrap;overflow-wrap:normal}
td.k{white-space:nowrap;overflow-wrap:normal}td small{display:block;color:var(--soft);font-size:12px;max-width:52ch}
td.minus{color:var(--down)}td.zero{color:var(--soft)}tfoot td{font-weight:600;background:var(--tint);border-bottom:0}
tbody tr:nth-child(even) td{background:var(--tint)}
svg{display:block;width:100%;height:auto;overflow:visible}svg text{font-size:13px;fill:var(--ink);font-variant-numeric:tabular-nums}
svg .end{text-anchor:end}svg .tick,svg .count{font-size:11.5px;fill:var(--soft)}svg .t-level{font-weight:600}
svg .axis{stroke:var(--soft)}svg .grid{stroke:var(--line)}svg .level{fill:var(--level)}svg .up{fill:var(--up)}svg .down{fill:var(--down)}
svg .age0{fill:var(--a0)}svg .age1{fill:var(--a1)}svg .age2{fill:var(--a2)}svg .age3{fill:var(--a3)}
footer{margin-top:40px;padding-top:10px;border-top:1px solid var(--line);color:var(--soft);font-size:12px}
@media (max-width:860px){.pair{grid-template-columns:1fr}}
@page{size:A4;margin:14mm 12mm 16mm;@bottom-right{content:counter(page) " / " counter(pages);font:8pt sans-serif;color:#5b6675}}
@media print{body{max-width:none;padding:0;font-size:9.5pt;print-color-adjust:exact;-webkit-print-color-adjust:exact}
nav{display:none}h1{font-size:18pt}h2{font-size:13pt}section{margin-top:9mm}h2,h3,h2+p,figcaption{break-after:avoid}
table{font-size:7.6pt}th,td{padding:2.5px 4px}td small{font-size:7.2pt}thead{display:table-header-group}tfoot{display:table-row-group}
tr,figure,.pair,svg{break-inside:avoid}svg text{font-size:14px}.wrap{overflow:visible}a{color:inherit;text-decoration:underline}
.cards{grid-template-columns:repeat(3,1fr)}.card b{font-size:13pt}.pair{grid-template-columns:3fr 2fr;gap:6mm}}
""")
"""Everything inline: the page asks nothing of any network."""
