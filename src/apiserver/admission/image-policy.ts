import type { Pod } from '#api/generated/types/core.v1.ts';
import type { ImageReview } from '#api/generated/types/imagepolicy.v1alpha1.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { type Outbound, type OutboundServer, callFailure } from '../outbound.ts';
import { decodeReview } from '../webhook-answer.ts';
import { retried } from '../webhook-retry.ts';
import { forbidden } from './denial.ts';
import type { AdmissionPlugin } from './plugin.ts';
import type { AdmissionRequest } from './request.ts';

export interface ImagePolicySettings {
  readonly server: OutboundServer;
  /** For how long its answers are kept. */
  readonly allowMs: number;
  readonly denyMs: number;
  readonly backoffMs: number;
  /** What becomes of pods when it does not answer. */
  readonly defaultAllow: boolean;
}

interface Seams {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly schemas: SchemaRegistry;
}

type Status = NonNullable<ImageReview['status']>;

const name = 'ImagePolicyWebhook';
const auditPrefix = 'imagepolicywebhook.image-policy.k8s.io/';
const failedOpen = 'alpha.image-policy.k8s.io/failed-open';
const answersKept = 1024;
const timeoutMs = 30_000;
const type = { group: 'imagepolicy.k8s.io', version: 'v1alpha1', kind: 'ImageReview' } as const;

/** A server of the operator's says which images pods may have (imagepolicy.k8s.io/v1alpha1 ImageReview). */
export function imagePolicyWebhook(settings: ImagePolicySettings, seams: Seams): AdmissionPlugin {
  const { clock, log, schemas } = seams;
  const known = new RecentCache<string, { readonly status: Status; readonly untilMs: number }>(answersKept);

  async function statusOf(spec: string, request: AdmissionRequest): Promise<Status> {
    const kept = known.get(spec);
    if (kept && kept.untilMs > clock.monotonicMs()) return kept.status;
    const { body } = await retried(seams, settings.backoffMs, () =>
      post(settings.server, seams, spec, request),
    );
    const { status = { allowed: false } } = decodeReview<ImageReview>(schemas, body, type);
    const keptMs = status.allowed ? settings.allowMs : settings.denyMs;
    known.set(spec, { status, untilMs: clock.monotonicMs() + keptMs });
    return status;
  }

  return {
    name,
    concerns: ({ served, operation, subresource }) =>
      served.bucket === 'core/pods' &&
      (operation === 'CREATE' || operation === 'UPDATE') &&
      (subresource === '' || subresource === 'ephemeralcontainers'),
    async validate(request) {
      let status: Status;
      try {
        status = await statusOf(JSON.stringify(reviewSpec(request)), request);
      } catch (error) {
        const { message } = error as Error;
        log.warn('the image policy webhook did not answer', { error: message });
        if (!settings.defaultAllow) throw forbidden(request, message);
        request.annotate(`${auditPrefix}failed-open`, 'true');
        const { metadata } = request.object as Pod;
        metadata.annotations = { ...metadata.annotations, [failedOpen]: 'true' };
        return;
      }
      for (const [key, value] of Object.entries(status.auditAnnotations ?? {})) {
        request.annotate(`${auditPrefix}${key}`, value);
      }
      if (status.allowed) return;
      throw forbidden(
        request,
        status.reason
          ? `image policy webhook backend denied one or more images: ${status.reason}`
          : 'one or more images rejected by webhook backend',
      );
    },
  };
}

function reviewSpec({ object, namespace, subresource }: AdmissionRequest): object {
  const { metadata, spec } = object as Pod;
  const { containers = [], initContainers = [], ephemeralContainers = [] } = spec ?? {};
  const reviewed = subresource === '' ? [...containers, ...initContainers] : ephemeralContainers;
  const annotations = Object.entries(metadata.annotations ?? {})
    .filter(([key]) => key.includes('.image-policy.k8s.io/'))
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return {
    containers: reviewed.map(({ image }) => (image ? { image } : {})),
    ...(annotations.length > 0 ? { annotations: Object.fromEntries(annotations) } : {}),
    namespace,
  };
}

async function post(
  { url, ca, client }: OutboundServer,
  { clock, outbound }: Seams,
  spec: string,
  request: AdmissionRequest,
) {
  const abort = new AbortController();
  const asked = new URL(url);
  asked.searchParams.set('timeout', `${timeoutMs / 1000}s`);
  const leftMs = Math.min(timeoutMs, Math.max(0, request.deadlineMs() - clock.monotonicMs()));
  using _timer = clock.after(leftMs, () => abort.abort(new Error('context deadline exceeded')));
  try {
    return await outbound.post({
      url: asked.href,
      client,
      ...(ca ? { ca } : {}),
      body: `{"kind":"ImageReview","apiVersion":"imagepolicy.k8s.io/v1alpha1","metadata":{},"spec":${spec},"status":{"allowed":false}}`,
      signal: abort.signal,
    });
  } catch (error) {
    throw new Error(callFailure(asked.href, error as Error), { cause: error });
  }
}
