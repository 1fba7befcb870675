from pipeline.views.deals import activity_new, criterion_tick, deal_edit, deal_list, deal_new, deal_page, product_list

__all__ = [
    "activity_new",
    "criterion_tick",
    "deal_edit",
    "deal_list",
    "deal_new",
    "deal_page",
    "product_list",
]
