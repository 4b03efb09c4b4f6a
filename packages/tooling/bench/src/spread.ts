import { quantile } from 'simple-statistics';

/** The middle of many ratios, and between which two values half of them lie. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

export function spreadOf(ratios: readonly number[]): Spread {
  const [low, median, high] = quantile([...ratios], [0.25, 0.5, 0.75]) as [number, number, number];
  return { median, low, high };
}
