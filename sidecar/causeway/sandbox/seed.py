"""What lies in the warehouse on the first day: (sku, name, price in EUR, on hand)."""

from __future__ import annotations

WAREHOUSE = "MAIN"
LEARNED_ON_HAND = 100
"""What an item not seen before starts with, on top of nothing: enough to play with."""

# Virtual goods lie nowhere: on hand None.
ITEMS: tuple[tuple[str, str, str, int | None], ...] = (
    ("MUG-01", "Mug", "12.50", 5000),
    ("TEA-100", "Tea 100 g", "8.33", 3000),
    ("BOOK-7", "Book", "19.99", 800),
    ("PEN", "Pen", "0.30", 20000),
    ("SHIRT-M-6b0068ffedb5d", "Shirt - M", "24.95", 400),
    ("GIFT", "Gift", "0.00", 1000),
    ("EBOOK-1", "E-book", "9.00", None),
    ("JP-1", "Sencha", "8.20", 600),
    ("SKU mit Leer/Zeichen-ß", "Überraschung 🎁", "5.55", 250),
    ("POT-02", "Teapot", "34.00", 120),
    ("TRAY-03", "Bamboo tray", "17.80", 90),
    ("FILTER-50", "Paper filters, 50", "3.95", 1500),
    ("SPOON-01", "Measuring spoon", "4.20", 700),
    ("HONEY-250", "Honey 250 g", "7.49", 300),
    # A line of goods sold by the dozen, priced in steps.
    *(
        (
            f"BULK-{i}",
            f"Bulk {i}",
            f"{(90 + 13 * (i % 37)) // 100}.{(90 + 13 * (i % 37)) % 100:02}",
            500,
        )
        for i in range(200)
    ),
)
