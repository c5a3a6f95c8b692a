import { type OperationName as SnapOperation, services } from "./snap/response-codes.ts";

const processorOperations = [
  "charge-create",
  "charge-status",
  "charge-cancel",
  "charge-refund",
  "charge-webhook",
  "settlement-file",
] as const;

const courierOperations = ["courier-rates", "courier-book", "courier-find", "courier-track"] as const;

/** An operation of a courier, whatever it speaks. */
export type CourierOperation = (typeof courierOperations)[number];

/** An operation of the processor, which does not speak SNAP. */
export type ProcessorOperation = (typeof processorOperations)[number];

/** An operation by the name that the control API uses for it. */
export type OperationName = SnapOperation | ProcessorOperation | CourierOperation;

/** Every operation of every provider. */
export const operationNames: readonly OperationName[] = [
  ...(Object.keys(services) as SnapOperation[]),
  ...processorOperations,
  ...courierOperations,
];

/** Whether SNAP has the operation. */
export function isSnapOperation(name: OperationName): name is SnapOperation {
  return name in services;
}
