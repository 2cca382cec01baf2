/** Nested mappings as lines: each leaf with the dotted name that where-expressions and comparisons know it by. */

export function flatten(mapping: Readonly<Record<string, unknown>>, prefix = ""): [key: string, value: unknown][] {
  return Object.entries(mapping).flatMap(([key, value]) => {
    const name = prefix + key;
    const nested = typeof value === "object" && value !== null && !Array.isArray(value);
    return nested && Object.keys(value).length > 0
      ? flatten(value as Record<string, unknown>, `${name}.`)
      : [[name, value] as [string, unknown]];
  });
}
