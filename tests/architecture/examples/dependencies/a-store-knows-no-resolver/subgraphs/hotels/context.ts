export interface RequestContext {
  readonly caller: string;
}
