import type { PaymentMethod, PaymentMethodKind } from "./payment.ts";

const kinds: Readonly<Record<string, PaymentMethodKind>> = {
  "virtual-account": "VIRTUAL_ACCOUNT",
  qris: "QRIS",
  wallet: "E_WALLET",
  card: "CARD",
};

/** The way to pay of that id, when it is offered. */
export function findMethod(offered: readonly PaymentMethod[], methodId: string): PaymentMethod | null {
  return offered.find((method) => method.id === methodId) ?? null;
}

/**
 * The way a payment was to be paid, offered still or not: `<provider>.<kind>`. One that is no longer configured is shown by
 * its provider's id. A kind that no release ever had is a fault.
 */
export function describeMethod(offered: readonly PaymentMethod[], methodId: string): PaymentMethod {
  const known = findMethod(offered, methodId);
  if (known !== null) return known;
  const [provider = "", suffix = ""] = methodId.split(".");
  const kind = kinds[suffix];
  if (kind === undefined) throw new Error(`the payment method ${methodId} has a kind that this release does not know`);
  return { id: methodId, kind, provider, providerName: provider };
}
