-- What a search looks at, kept by the database itself: words of the title weigh more than those of the description.
ALTER TABLE "product" ADD COLUMN "search" tsvector GENERATED ALWAYS AS (
  setweight(to_tsvector('indonesian', "title"), 'A') || setweight(to_tsvector('indonesian', "description"), 'C')
) STORED;

CREATE INDEX "product_search_idx" ON "product" USING GIN ("search");
