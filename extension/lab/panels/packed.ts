/** Columns of a long frame as they travel: packed into blocks, as panels/packed.py writes them; read without trust. */

import { FactError, toNumber } from "./fact.ts";
import type { Column } from "./fact.ts";

/** One stretch of a packed column. */
type Block =
  /** So many times the same. */
  | { repeat: unknown; count: number }
  /** Whole numbers from `start` on, `step` apart. */
  | { start: number; step: number; count: number }
  /** Finite numbers as they lie in memory: little-endian doubles, or 32-bit whole numbers. */
  | { f8: string }
  | { i4: string }
  | { list: readonly unknown[] };

/** No honest frame is longer, and nothing so long is built for one that only says it is. */
const LONGEST = 20_000_000;

/** A column whose cells need not be built one by one. */
export class PackedColumn {
  readonly length: number;
  readonly #blocks: readonly { block: Block; length: number; numbers: Float64Array | null }[];

  constructor(value: Readonly<Record<string, unknown>>, name: string) {
    const blocks = value.blocks;
    if (!Array.isArray(blocks)) throw new FactError(`Column ${name} of the panel's data is not a list.`);
    this.#blocks = blocks.map((block: unknown) => readBlock(block, name));
    this.length = this.#blocks.reduce((total, { length }) => total + length, 0);
    if (this.length > LONGEST) throw new FactError(`Column ${name} of the panel's data is too long.`);
  }

  /** The cells as they were before they were packed. */
  cells(): unknown[] {
    return this.#blocks.flatMap(({ block, length, numbers }) => {
      if ("list" in block) return [...block.list];
      if ("repeat" in block) return new Array<unknown>(length).fill(block.repeat);
      return Array.from(numbers ?? []);
    });
  }

  /** The cells as numbers, NaN for what is none. */
  numbers(): Float64Array {
    const [only] = this.#blocks;
    if (this.#blocks.length === 1 && only?.numbers) return only.numbers;
    const found = new Float64Array(this.length);
    let at = 0;
    for (const { block, length, numbers } of this.#blocks) {
      if (numbers) found.set(numbers, at);
      else if ("repeat" in block) found.fill(toNumber(block.repeat), at, at + length);
      else if ("list" in block) found.set(block.list.map(toNumber), at);
      at += length;
    }
    return found;
  }

  /** Where stretches of equal cells begin, and what they hold. */
  stretches(): Stretch[] {
    const found: Stretch[] = [];
    let at = 0;
    for (const { block, length, numbers } of this.#blocks) {
      if ("repeat" in block) found.push({ start: at, value: block.repeat });
      else found.push(...stretchesOf("list" in block ? block.list : (numbers ?? []), at));
      at += length;
    }
    return found;
  }
}

/** A stretch of equal cells. */
export interface Stretch {
  start: number;
  value: unknown;
}

function stretchesOf(cells: ArrayLike<unknown>, from: number): Stretch[] {
  const found: Stretch[] = [];
  for (let i = 0; i < cells.length; i++) {
    if (i === 0 || cells[i] !== cells[i - 1]) found.push({ start: from + i, value: cells[i] });
  }
  return found;
}

function readBlock(value: unknown, name: string): { block: Block; length: number; numbers: Float64Array | null } {
  const block = (typeof value === "object" && value !== null ? value : {}) as Block;
  const count = (given: unknown): number => {
    if (Number.isInteger(given) && Number(given) >= 0 && Number(given) <= LONGEST) return Number(given);
    throw new FactError(`Column ${name} of the panel's data has a block without a length.`);
  };
  if ("repeat" in block) return { block, length: count(block.count), numbers: null };
  if ("list" in block && Array.isArray(block.list)) return { block, length: block.list.length, numbers: null };
  let numbers: Float64Array | null = null;
  if ("start" in block) {
    const { start, step } = block;
    numbers = Float64Array.from({ length: count(block.count) }, (_, i) => start + i * step);
  } else if ("f8" in block) {
    numbers = new Float64Array(bytes(block.f8, 8, name));
  } else if ("i4" in block) {
    numbers = Float64Array.from(new Int32Array(bytes(block.i4, 4, name)));
  }
  if (!numbers) throw new FactError(`Column ${name} of the panel's data has a block of an unknown kind.`);
  return { block, length: numbers.length, numbers };
}

/** Newer browsers unpack by themselves, many times faster. */
const unpacks = Uint8Array as unknown as { fromBase64?: (text: string) => Uint8Array<ArrayBuffer> };

/** Every browser that runs this is little-endian, as the packing is. */
function bytes(text: unknown, size: number, name: string): ArrayBuffer {
  try {
    const found =
      unpacks.fromBase64?.(String(text)) ?? Uint8Array.from(atob(String(text)), (char) => char.charCodeAt(0));
    return found.buffer.slice(0, found.length - (found.length % size));
  } catch {
    throw new FactError(`Column ${name} of the panel's data cannot be unpacked.`);
  }
}

/** A column's cells, however they travelled. */
export function cellsOf(column: Column | undefined): readonly unknown[] {
  return column instanceof PackedColumn ? column.cells() : (column ?? []);
}

/** A column's cells as numbers, NaN for what is none. */
export function numbersOf(column: Column): Float64Array {
  return column instanceof PackedColumn ? column.numbers() : Float64Array.from(column, toNumber);
}

/** Where stretches of equal cells of a column begin. */
export function stretchesIn(column: Column): Stretch[] {
  return column instanceof PackedColumn ? column.stretches() : stretchesOf(column, 0);
}
