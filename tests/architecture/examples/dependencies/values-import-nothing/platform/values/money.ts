import { logger } from "../runtime/logger.ts";

export const money = logger;
