-- Returns are told too, and may arrive before the sale that they take back: counts add up in any order.
ALTER TABLE "product_standing" DROP CONSTRAINT "product_standing_counts_check";
ALTER TABLE "product_standing" ADD CONSTRAINT "product_standing_counts_check" CHECK ("review_count" >= 0);
ALTER TABLE "content_sales" DROP CONSTRAINT "content_sales_sold_count_check";
