import { type FieldNode, print } from "graphql";

/**
 * The response keys under which one document's fields are planned and fetched. A field without alias keeps its name
 * (with its first arguments, where they vary); every other is known by a key of ours, one for each (client's key,
 * field, arguments). So no alias of a client (`__proto__`, `id: name`) ever meets a key field, a requirement or an
 * object's prototype, and fields of one key but different arguments in branches that exclude each other never meet in
 * one entity fetch.
 */
export class ResponseKeys {
  readonly #keys = new Map<string, string>();
  readonly #argumentsOf = new Map<string, string>();

  /** The key under which a field of the client's document is fetched. */
  plannedKey(field: FieldNode): string {
    const name = field.name.value;
    const clientKey = field.alias?.value ?? name;
    const given = (field.arguments ?? []).map(print).sort().join(",");
    if (clientKey === name) {
      const first = this.#argumentsOf.get(name);
      if (first === undefined) this.#argumentsOf.set(name, given);
      if (first === undefined || first === given) return name;
    }
    const identity = `${clientKey}:${name}(${given})`;
    const present = this.#keys.get(identity);
    if (present !== undefined) return present;
    const key = `_k${this.#keys.size}_${name}`;
    this.#keys.set(identity, key);
    return key;
  }
}
