type Path = readonly (string | number)[];

interface Step {
  readonly next: Map<string | number, Step>;
  isEnd: boolean;
}

/** Paths that are looked up by others at, above and below them, however many there are. */
export class KnownPaths {
  readonly #root: Step = { next: new Map(), isEnd: false };

  constructor(paths: Iterable<Path>) {
    for (const path of paths) this.#add(path);
  }

  #add(path: Path): void {
    let step = this.#root;
    for (const key of path) {
      let below = step.next.get(key);
      if (below === undefined) {
        below = { next: new Map(), isEnd: false };
        step.next.set(key, below);
      }
      step = below;
    }
    step.isEnd = true;
  }

  /** Whether one of the paths leads to the place, around it, or below it. */
  meets(path: Path): boolean {
    let step = this.#root;
    for (const key of path) {
      if (step.isEnd) return true;
      const below = step.next.get(key);
      if (below === undefined) return false;
      step = below;
    }
    return step.isEnd || step.next.size > 0;
  }
}
