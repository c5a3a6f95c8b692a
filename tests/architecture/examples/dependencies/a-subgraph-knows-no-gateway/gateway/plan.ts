export interface Plan {
  readonly name: string;
}
