/** A process to run: nothing of it is running yet. */
export interface ProcessSpec {
  /** As in messages and in the name of its log file. */
  readonly name: string;
  /** Absolute path of the file that node runs. */
  readonly entry: string;
  readonly args: readonly string[];
  /** Flags of node itself. */
  readonly nodeFlags?: readonly string[];
  /** Its own variables; neutral ones of the parent are added, nothing else. */
  readonly environment: Readonly<Record<string, string>>;
  /** Addresses that answer 200 once it can serve; none for a program that ends by itself. */
  readonly healthUrls: readonly string[];
}
