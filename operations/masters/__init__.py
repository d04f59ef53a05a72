"""Master data by file: CSV and XLSX become typed rows, good rows go in, wrong ones are named, and what is stored goes out again."""
