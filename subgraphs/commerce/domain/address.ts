/** Where an order is sent. Only its buyer sees it. */
export interface Address {
  readonly id: string;
  readonly buyerId: string;
  readonly recipientName: string;
  /** E.164. */
  readonly phone: string;
  readonly street: string;
  readonly districtCode: string;
  readonly postalCode: string;
}
