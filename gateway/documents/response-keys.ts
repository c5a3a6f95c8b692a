import { type FieldNode, print } from "graphql";

/**
 * The response keys under which one document's fields are planned and fetched. A field without alias and arguments
 * keeps its name; every other is known by a key of ours, one for each (client's key, field, arguments). So no alias
 * of a client (`__proto__`, `id: name`) ever meets a key field, a requirement or an object's prototype, and fields of
 * one key but different arguments in branches that exclude each other never meet in one entity fetch.
 */
export class ResponseKeys {
  readonly #keys = new Map<string, string>();
  readonly #clientKeys = new Map<string, string>();

  /** The key under which a field of the client's document is fetched. */
  plannedKey(field: FieldNode): string {
    const name = field.name.value;
    const hasArguments = field.arguments !== undefined && field.arguments.length > 0;
    if (!hasArguments && (field.alias === undefined || field.alias.value === name)) return name;
    const clientKey = field.alias?.value ?? name;
    const identity = `${clientKey}:${name}(${hasArguments ? field.arguments.map(print).sort().join(",") : ""})`;
    const present = this.#keys.get(identity);
    if (present !== undefined) return present;
    const key = `_k${this.#keys.size}_${name}`;
    this.#keys.set(identity, key);
    this.#clientKeys.set(key, clientKey);
    return key;
  }

  /** The client's key of a planned one. */
  clientKey(plannedKey: string): string {
    return this.#clientKeys.get(plannedKey) ?? plannedKey;
  }
}
