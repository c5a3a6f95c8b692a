/** Counts what is open, by owner. */
export class OpenCount {
  readonly #byOwner = new Map<string, number>();
  #total = 0;

  /** Of all owners. */
  get total(): number {
    return this.#total;
  }

  of(owner: string): number {
    return this.#byOwner.get(owner) ?? 0;
  }

  /** Counts one in; answers how to count it out, which happens once however often it is called. */
  enter(owner: string): () => void {
    this.#total += 1;
    this.#byOwner.set(owner, this.of(owner) + 1);
    let isOpen = true;
    return () => {
      if (!isOpen) return;
      isOpen = false;
      this.#total -= 1;
      const left = this.of(owner) - 1;
      if (left === 0) this.#byOwner.delete(owner);
      else this.#byOwner.set(owner, left);
    };
  }
}
