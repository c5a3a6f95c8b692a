/** Something the person at the terminal can mend. Its message is one sentence that says what happened and what to do. */
export class LaunchError extends Error {
  override readonly name = "LaunchError";
}

/** The code of a system error (`ENOSPC`, `EACCES`, ...); undefined for anything else. */
export function systemCode(error: unknown): string | undefined {
  const code = (error as { code?: unknown } | null | undefined)?.code;
  return typeof code === "string" ? code : undefined;
}

/** What is said of a full disk that holds `path`. */
export function fullDisk(path: string, cause?: unknown): LaunchError {
  return new LaunchError(`The disk that holds ${path} is full: free some space (about 300 MB) and start again.`, {
    cause,
  });
}

/**
 * Puts a fault of the file system into words. Other errors pass unchanged.
 * `path` is what was being read or written.
 */
export function explainFileFault(error: unknown, path: string): unknown {
  const code = systemCode(error);
  if (code === "ENOSPC" || code === "EDQUOT") {
    return fullDisk(path, error);
  }
  if (code === "EACCES" || code === "EPERM" || code === "EROFS") {
    return new LaunchError(`${path} cannot be written by this user (${code}): change its owner or set ETALASE_HOME.`, {
      cause: error,
    });
  }
  if (code === "ENOENT" || code === "EEXIST" || code === "ENOTDIR") {
    return new LaunchError(`${path} cannot be made a folder (${code}): set ETALASE_HOME to one that can be written.`, {
      cause: error,
    });
  }
  return error;
}
