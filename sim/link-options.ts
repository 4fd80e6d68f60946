import type { Clock } from '#base/clock.ts';
import type { Transport } from '#client/transport.ts';
import type { Lifeline } from '#explore/lifeline.ts';
import type { FaultModel } from './faults.ts';
import type { Transcript } from './transcript.ts';

/** One life of the API server. */
export interface Server {
  readonly transport: Transport;
  readonly life: Lifeline;
}

export interface LinkOptions {
  /** As the transcript names the client. */
  readonly name: string;
  readonly clock: Clock;
  readonly faults: FaultModel;
  /** This client meets no faults but the server's and its own death. */
  readonly spared?: boolean;
  readonly transcript: Transcript;
  /** Of the client: after it, nothing is sent and nothing comes back. */
  readonly life: Lifeline;
  /** The server that is there now, if any. */
  readonly server: () => Server | undefined;
}
