import type { CallbackRequest, CallbackRoute } from "../callbacks/route.ts";
import { receiveTracking, type ToldParcel, type TrackingReceiver } from "../domain/actions/receive-tracking.ts";
import type { CallbackAnswer } from "../domain/notification.ts";

/** How a courier's call-backs differ from another's. */
export interface CourierCallbackDialect {
  readonly courier: string;
  /** Path of the POST at our public address. */
  readonly path: string;
  /** Whether the courier signed these very bytes, not long ago. */
  readonly isTheirs: (request: CallbackRequest, now: Date) => boolean;
  /** Which parcel it is about; null for what is no message of the courier's. */
  readonly read: (body: Buffer) => Pick<ToldParcel, "eventId" | "reference" | "waybill"> | null;
}

/** How old or how far ahead a signature's date may be. */
const toleranceMs = 5 * 60_000;

/** Whether a signature's date, in whole seconds, is of about now. */
export function isOfNow(seconds: string, now: Date): boolean {
  return /^\d{1,12}$/.test(seconds) && Math.abs(now.getTime() - Number(seconds) * 1_000) <= toleranceMs;
}

function answer(status: number, said: string): CallbackAnswer {
  return { status, body: { received: status === 200, said } };
}

/** Makes the route of a courier's call-backs: verified over the raw bytes, each message taken once. */
export function createCourierCallback(dialect: CourierCallbackDialect, receiver: TrackingReceiver): CallbackRoute {
  const { courier, path, isTheirs, read } = dialect;
  return {
    name: `${courier}.tracking`,
    path,
    fault: answer(500, "a fault of ours; send it again"),
    tooLong: answer(413, "the body is too long"),
    handle: async (request) => {
      if (!isTheirs(request, receiver.clock())) return answer(401, "the signature is not the courier's");
      const told = read(request.body);
      if (told === null) return answer(400, "not a message about a parcel");
      const isOurs = await receiveTracking(receiver, { courier, ...told, rawBody: request.body });
      return isOurs ? answer(200, "taken") : answer(404, "no such parcel");
    },
  };
}
