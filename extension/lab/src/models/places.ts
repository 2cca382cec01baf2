/** Where a document lies: JupyterLab may name it with a drive in front, of which the server knows nothing. */

/** Drives that are the server's own folder: JupyterLab's, and the one under which collaboration once put it again. */
const SERVER = new Set(["", "RTC"]);

/** A document as JupyterLab names it, and without its drive. */
interface Place {
  readonly path: string;
  readonly localPath: string;
}

/**
 * Give a document's path relative to the server's root.
 *
 * Null for one of another drive: a file that happens to have its path on the server would be another one.
 */
export function serverPath({ path, localPath }: Place): string | null {
  const drive = path.endsWith(`:${localPath}`) ? path.slice(0, -localPath.length - 1) : "";
  return SERVER.has(drive) ? localPath : null;
}
