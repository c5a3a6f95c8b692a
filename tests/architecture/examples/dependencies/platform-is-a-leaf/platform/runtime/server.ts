import { book } from "../../subgraphs/hotels/domain/book.ts";

export const server = book;
