import type { AuditBackend } from './auditor.ts';
import type { AuditEvent } from './event.ts';

/** Where events go in the end, as texts. */
export interface AuditSink {
  readonly name: 'log' | 'webhook';
  textOf(event: AuditEvent): string;
  /** Rejects where they have not arrived. */
  write(texts: readonly string[]): Promise<void>;
  /** The server ends: what does not arrive is not tried again. */
  hurry?(): void;
}

/** Told of events that did not get there. */
export type Lost = (name: AuditBackend['name'], events: number, error: Error) => void;
