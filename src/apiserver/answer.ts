import type { SizeObserver } from './metrics.ts';
import type { ApiResponse } from './response.ts';

/** What a request came to. */
export interface Answer {
  readonly response: ApiResponse;
  readonly warnings: readonly string[];
  /** Is told how long the answer was, where that is asked. */
  readonly size?: SizeObserver | undefined;
  /** What the request holds until its answer is sent; disposed of by whoever sends it. */
  readonly seat?: Disposable;
}
