/** Student's t: quantiles, mean intervals, and differences of means. Agrees with SciPy; a test holds it to that. */

export interface Interval {
  mean: number;
  low: number;
  high: number;
  n: number;
}

// Lanczos approximation, g = 7, nine terms; relative error under 1e-14 on the positive axis.
// Source: Lanczos (1964), "A Precision Approximation of the Gamma Function", SIAM J. Numer. Anal. B 1.
const LANCZOS = [
  0.99999999999980993, 676.5203681218851, -1259.1392167224028, 771.32342877765313, -176.61502916214059,
  12.507343278686905, -0.13857109526572012, 9.9843695780195716e-6, 1.5056327351493116e-7,
];

function logGamma(z: number): number {
  const x = z - 1;
  const t = x + 7.5;
  const sum = LANCZOS.reduce((total, term, i) => (i === 0 ? term : total + term / (x + i)), 0);
  return 0.5 * Math.log(2 * Math.PI) + (x + 0.5) * Math.log(t) - t + Math.log(sum);
}

/** Continued fraction of the incomplete beta function, by Lentz's method (Thompson and Barnett 1986). */
function betaFraction(a: number, b: number, x: number): number {
  const tiny = 1e-300;
  const guard = (value: number): number => (Math.abs(value) < tiny ? tiny : value);
  let c = 1;
  let d = 1 / guard(1 - ((a + b) * x) / (a + 1));
  let result = d;
  for (let m = 1; m <= 10_000; m++) {
    const even = (m * (b - m) * x) / ((a + 2 * m - 1) * (a + 2 * m));
    d = 1 / guard(1 + even * d);
    c = guard(1 + even / c);
    result *= d * c;
    const odd = (-(a + m) * (a + b + m) * x) / ((a + 2 * m) * (a + 2 * m + 1));
    d = 1 / guard(1 + odd * d);
    c = guard(1 + odd / c);
    result *= d * c;
    if (Math.abs(d * c - 1) < 1e-15) break;
  }
  return result;
}

/** The regularised incomplete beta function; `y` is 1 - x, given apart so that neither end loses digits. */
function incompleteBeta(a: number, b: number, x: number, y: number): number {
  if (x <= 0) return 0;
  if (y <= 0) return 1;
  const front = Math.exp(logGamma(a + b) - logGamma(a) - logGamma(b) + a * Math.log(x) + b * Math.log(y));
  return x < (a + 1) / (a + b + 2) ? (front * betaFraction(a, b, x)) / a : 1 - (front * betaFraction(b, a, y)) / b;
}

/** P(|T| > t) for df degrees of freedom, t ≥ 0. */
export function tTwoSided(t: number, df: number): number {
  const square = t * t;
  return incompleteBeta(df / 2, 0.5, df / (df + square), square / (df + square));
}

/** The two-sided factor for a confidence level: 4.30 for df = 2 at 95%. NaN where there is none. */
export function tFactor(df: number, level: number): number {
  if (!(df > 0) || !(level > 0 && level < 1)) return NaN;
  const alpha = 1 - level;
  let high = 1;
  while (tTwoSided(high, df) > alpha && high < 1e150) high *= 2;
  let low = 0;
  for (let i = 0; i < 200 && high - low > 1e-13 * high; i++) {
    const middle = (low + high) / 2;
    if (tTwoSided(middle, df) > alpha) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

const factors = new Map<string, number>();

/** `tFactor`, remembered: a band asks for the same few factors at every point. */
export function factor(df: number, level: number): number {
  const key = `${df}/${level}`;
  const known = factors.get(key);
  if (known !== undefined) return known;
  const found = tFactor(df, level);
  factors.set(key, found);
  return found;
}

interface Moments {
  n: number;
  mean: number;
  variance: number;
}

function moments(values: readonly number[], scale = 0): Moments {
  const n = values.length;
  const mean = values.reduce((total, value) => total + value, 0) / n;
  const squares = values.reduce((total, value) => total + (value - mean) ** 2, 0);
  const variance = n > 1 ? squares / (n - 1) : NaN;
  // Equal numbers, and differences of numbers that were equal in decimals, differ by a few ulp: that is no spread.
  const ulps = 8 * Number.EPSILON * Math.max(scale, ...values.map(Math.abs));
  return Math.sqrt(variance) <= ulps ? { n, mean: values[0] ?? NaN, variance: 0 } : { n, mean, variance };
}

/** The mean of finite values with its Student-t interval; the interval is NaN where n < 2. */
export function meanInterval(values: readonly number[], level: number): Interval {
  const finite = values.filter(Number.isFinite);
  if (finite.length === 0) return { mean: NaN, low: NaN, high: NaN, n: 0 };
  const { n, mean, variance } = moments(finite);
  const half = n > 1 ? factor(n - 1, level) * Math.sqrt(variance / n) : NaN;
  return { mean, low: mean - half, high: mean + half, n };
}

/** The mean of a - b over pairs with its interval. Source: Student (1908), "The Probable Error of a Mean". */
export function pairedDifference(pairs: readonly (readonly [a: number, b: number])[], level: number): Interval {
  const finite = pairs.filter(([a, b]) => Number.isFinite(a) && Number.isFinite(b));
  if (finite.length === 0) return { mean: NaN, low: NaN, high: NaN, n: 0 };
  const scale = Math.max(...finite.flat().map(Math.abs));
  const { n, mean, variance } = moments(
    finite.map(([a, b]) => a - b),
    scale,
  );
  const half = n > 1 ? factor(n - 1, level) * Math.sqrt(variance / n) : NaN;
  return { mean, low: mean - half, high: mean + half, n };
}

/**
 * The difference a - b of two independent means with its interval, variances not assumed equal.
 * Source: Welch (1947), Biometrika 34; degrees of freedom by Satterthwaite (1946).
 */
export function welchDifference(a: readonly number[], b: readonly number[], level: number): Interval {
  const left = moments(a.filter(Number.isFinite));
  const right = moments(b.filter(Number.isFinite));
  const n = Math.min(left.n, right.n);
  const mean = left.mean - right.mean;
  if (n < 2) return { mean, low: NaN, high: NaN, n };
  const u = left.variance / left.n;
  const v = right.variance / right.n;
  if (u + v === 0) return { mean, low: mean, high: mean, n };
  const df = (u + v) ** 2 / (u ** 2 / (left.n - 1) + v ** 2 / (right.n - 1));
  const half = factor(df, level) * Math.sqrt(u + v);
  return { mean, low: mean - half, high: mean + half, n };
}
