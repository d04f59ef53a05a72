"""WeChat Pay's bills of a merchant, as files that somebody or something downloads."""

from connectors.wechatpay.connector import WeChatPay

CONNECTOR = WeChatPay
