/** What requests may take, of time and of the server. */
export interface RequestLimits {
  /** What a request that is not long-running may take (--request-timeout). */
  readonly requestMsMax: number;
  /** A watch without timeoutSeconds ends after once to twice as long (--min-request-timeout). */
  readonly watchMsMin: number;
  /** Of all priority levels together (--max-requests-inflight and --max-mutating-requests-inflight). */
  readonly serverSeats: number;
}

export const defaultLimits: RequestLimits = {
  requestMsMax: 60_000,
  watchMsMin: 1_800_000,
  serverSeats: 600,
};
