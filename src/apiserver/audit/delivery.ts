import type { Clock } from '#base/clock.ts';
import type { AuditBackend } from './auditor.ts';
import { AuditBatches, type BatchSettings } from './batches.ts';
import { type AuditEvent, auditEventJson } from './event.ts';
import type { AuditSink, Lost } from './sink.ts';

/** How events get there: upstream's --audit-log-* and --audit-webhook-*. */
export interface DeliverySettings {
  readonly mode: 'batch' | 'blocking' | 'blocking-strict';
  readonly batch: BatchSettings;
  readonly truncate: {
    readonly enabled: boolean;
    /** Bytes of JSON; what is larger goes without its objects, or not at all. */
    readonly maxEventSize: number;
    readonly maxBatchSize: number;
  };
}

const truncate: DeliverySettings['truncate'] = {
  enabled: false,
  maxEventSize: 102_400,
  maxBatchSize: 10_485_760,
};

/** Upstream's defaults. */
export const defaultDelivery: Readonly<Record<AuditSink['name'], DeliverySettings>> = {
  log: {
    mode: 'blocking',
    batch: {
      bufferSize: 10_000,
      maxSize: 1,
      maxWaitMs: 0,
      throttleEnable: false,
      throttleQPS: 0,
      throttleBurst: 0,
    },
    truncate,
  },
  webhook: {
    mode: 'batch',
    batch: {
      bufferSize: 10_000,
      maxSize: 400,
      maxWaitMs: 30_000,
      throttleEnable: true,
      throttleQPS: 10,
      throttleBurst: 15,
    },
    truncate,
  },
};

/** Hands events on to a sink. AuditBatches are the caller's to dispose of. */
export function delivery(
  sink: AuditSink,
  { mode, batch, truncate }: DeliverySettings,
  clock: Clock,
  lost: Lost,
): AuditBackend | AuditBatches {
  const fit = truncate.enabled ? (event: AuditEvent) => fitted(event, truncate.maxEventSize) : undefined;
  const textOf = (event: AuditEvent) => {
    const told = fit ? fit(event) : event;
    if (told) return sink.textOf(told);
    lost('truncate', 1, new Error('event is too large even after truncating'));
    return undefined;
  };
  if (mode === 'batch') {
    const bytesMax = truncate.enabled ? truncate.maxBatchSize : Number.POSITIVE_INFINITY;
    return new AuditBatches({ sink, textOf, settings: batch, bytesMax, clock, lost });
  }
  return {
    name: sink.name,
    isStrict: mode === 'blocking-strict',
    take(event) {
      const text = textOf(event);
      return text === undefined ? undefined : sink.write([text]);
    },
  };
}

/** Without its objects where they make it too large; undefined where it is too large all the same. */
function fitted(event: AuditEvent, bytesMax: number): AuditEvent | undefined {
  const fits = (one: AuditEvent) => Buffer.byteLength(auditEventJson(one)) <= bytesMax;
  if (fits(event)) return event;
  if (event.level === 'Metadata') return undefined;
  const { requestObject: _request, responseObject: _response, ...rest } = event;
  const bare = { ...rest, annotations: { ...event.annotations, 'audit.k8s.io/truncated': 'true' } };
  return fits(bare) ? bare : undefined;
}
