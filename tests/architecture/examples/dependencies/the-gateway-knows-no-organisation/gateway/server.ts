import { hotelSettings } from "../subgraphs/hotels/config.ts";

export const settings = hotelSettings;
