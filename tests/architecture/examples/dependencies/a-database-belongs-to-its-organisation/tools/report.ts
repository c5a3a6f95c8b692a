import { model } from "../prisma/hotels/seed/model.ts";

export const report = model;
