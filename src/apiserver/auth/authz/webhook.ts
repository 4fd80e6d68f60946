import type { SubjectAccessReview } from '#api/generated/types/authorization.v1.ts';
import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import type { Log } from '#base/log.ts';
import type { Random } from '#base/random.ts';
import { RecentCache } from '#base/recent-cache.ts';
import { SelectorError, parseFieldSelector, parseLabelSelector } from '#machinery/selectors.ts';
import type { Attributes, Authorizer, Decision } from '../../identity.ts';
import { type Outbound, type OutboundAnswer, type OutboundServer, callFailure } from '../../outbound.ts';
import { decodeReview } from '../../webhook-answer.ts';
import { retried } from '../../webhook-retry.ts';
import type { CallResult, OperatorMetrics } from '../operator-metrics.ts';
import { ReviewConditions, type ReviewSpec } from './review-conditions.ts';

/** apiserver.config.k8s.io WebhookConfiguration of an authorizer, its defaults filled in. */
export interface WebhookSettings {
  readonly name: string;
  readonly authorizedTtlMs: number;
  readonly unauthorizedTtlMs: number;
  readonly cacheAuthorizedRequests: boolean;
  readonly cacheUnauthorizedRequests: boolean;
  readonly timeoutMs: number;
  readonly subjectAccessReviewVersion: 'v1' | 'v1beta1';
  readonly failurePolicy: 'NoOpinion' | 'Deny';
  readonly matchConditions: readonly string[];
  readonly server: OutboundServer;
}

export interface WebhookSeams {
  readonly outbound: Outbound;
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  readonly schemas: SchemaRegistry;
  readonly metrics: OperatorMetrics;
}

type Status = NonNullable<SubjectAccessReview['status']>;

const answersKept = 8192;
/** Whoever names long things fills no cache. */
const cachedCharactersMax = 10_000;
const late = 'context deadline exceeded (Client.Timeout exceeded while awaiting headers)';
const backoffMs = 500;

/** Asks a server of the operator's what somebody may do, as a SubjectAccessReview. */
export class WebhookAuthorizer implements Authorizer {
  readonly #settings: WebhookSettings;
  readonly #seams: WebhookSeams;
  readonly #conditions: ReviewConditions;
  readonly #known = new RecentCache<string, { readonly status: Status; readonly untilMs: number }>(
    answersKept,
  );

  constructor(settings: WebhookSettings, seams: WebhookSeams) {
    this.#settings = settings;
    this.#seams = seams;
    this.#conditions = new ReviewConditions(settings.matchConditions);
  }

  authorize(asked: Attributes): Decision | Promise<Decision> {
    const spec = reviewSpec(asked);
    const matched = this.#conditions.evaluate(spec);
    if (matched === false) return { decision: 'none', reason: '' };
    if (matched !== true) return this.#failed(matched.error);
    const key = JSON.stringify(spec);
    const known = this.#known.get(key);
    if (known && known.untilMs > this.#seams.clock.monotonicMs()) return decisionOf(known.status);
    return this.#ask(spec).then(
      status => {
        if (isCached(asked)) this.#keep(key, status);
        return decisionOf(status);
      },
      (error: Error) => {
        this.#seams.log.error('failed to make webhook authorizer request', {
          authorizer: this.#settings.name,
          error: error.message,
        });
        const { name, failurePolicy } = this.#settings;
        if (failurePolicy === 'NoOpinion') this.#seams.metrics.failedOpen(name, resultOf(error));
        return this.#failed(error.message);
      },
    );
  }

  #failed(error: string): Decision {
    return { decision: this.#settings.failurePolicy === 'Deny' ? 'deny' : 'none', reason: '', error };
  }

  #keep(key: string, status: Status): void {
    const settings = this.#settings;
    const isKept = status.allowed ? settings.cacheAuthorizedRequests : settings.cacheUnauthorizedRequests;
    const ttlMs = status.allowed ? settings.authorizedTtlMs : settings.unauthorizedTtlMs;
    if (isKept) this.#known.set(key, { status, untilMs: this.#seams.clock.monotonicMs() + ttlMs });
  }

  async #ask(spec: ReviewSpec): Promise<Status> {
    const { body } = await retried(this.#seams, backoffMs, () => this.#measured(spec));
    return this.#statusIn(body);
  }

  async #measured(spec: ReviewSpec): Promise<OutboundAnswer> {
    const { clock, metrics } = this.#seams;
    const sinceMs = clock.monotonicMs();
    let result: CallResult = 'error';
    try {
      const answer = await this.#post(spec);
      if (answer.status >= 200 && answer.status < 300) result = 'success';
      return answer;
    } catch (error) {
      result = resultOf(error as Error);
      throw error;
    } finally {
      metrics.asked(this.#settings.name, result, (clock.monotonicMs() - sinceMs) / 1000);
    }
  }

  /** Throws where the answer is no review. */
  #statusIn(body: string): Status {
    const version = this.#settings.subjectAccessReviewVersion;
    const type = { group: 'authorization.k8s.io', version, kind: 'SubjectAccessReview' } as const;
    const { status } = decodeReview<SubjectAccessReview>(this.#seams.schemas, body, type);
    return { ...status, allowed: status?.allowed === true };
  }

  async #post(spec: ReviewSpec): Promise<OutboundAnswer> {
    const { clock, outbound } = this.#seams;
    const { server, timeoutMs, subjectAccessReviewVersion: version } = this.#settings;
    const { ca, client } = server;
    const url = new URL(server.url);
    url.searchParams.set('timeout', `${timeoutMs / 1000}s`);
    const abort = new AbortController();
    using _timer = clock.after(timeoutMs, () => abort.abort(new Error(late)));
    try {
      return await outbound.post({
        url: url.href,
        client,
        ...(ca ? { ca } : {}),
        body: JSON.stringify(reviewOf(spec, version)),
        signal: abort.signal,
      });
    } catch (error) {
      throw new Error(callFailure(url.href, error as Error), { cause: error });
    }
  }
}

/** Of a call that failed. */
function resultOf({ message }: Error): CallResult {
  return message.endsWith(late) ? 'timeout' : 'error';
}

function reviewOf(spec: ReviewSpec, version: 'v1' | 'v1beta1'): object {
  const { groups, ...rest } = spec;
  const named = version === 'v1' ? spec : { ...rest, ...(groups ? { group: groups } : {}) };
  return {
    kind: 'SubjectAccessReview',
    apiVersion: `authorization.k8s.io/${version}`,
    metadata: {},
    spec: named,
    status: { allowed: false },
  };
}

function decisionOf({ allowed, denied, reason = '' }: Status): Decision {
  if (denied && allowed) {
    const error = 'webhook subject access review returned both allow and deny response';
    return { decision: 'deny', reason, error };
  }
  return { decision: denied ? 'deny' : allowed ? 'allow' : 'none', reason };
}

function reviewSpec(asked: Attributes): ReviewSpec {
  const { name, uid, groups, extra } = asked.user;
  return {
    ...(asked.isResource
      ? { resourceAttributes: resourceAttributes(asked) }
      : { nonResourceAttributes: { path: asked.path, verb: asked.verb } }),
    user: name,
    ...(groups.length > 0 ? { groups: [...groups] } : {}),
    ...(extra ? { extra: extra as Record<string, string[]> } : {}),
    ...(uid ? { uid } : {}),
  };
}

function resourceAttributes(asked: Attributes): NonNullable<ReviewSpec['resourceAttributes']> {
  const { namespace, verb, group, version, resource, subresource, name } = asked;
  const texts = Object.entries({ namespace, verb, group, version, resource, subresource, name });
  const fields = fieldRequirements(asked.fieldSelector);
  const labels = labelRequirements(asked.labelSelector);
  return {
    ...Object.fromEntries(texts.filter(([, text]) => text !== '')),
    ...(fields.length > 0 ? { fieldSelector: { requirements: fields } } : {}),
    ...(labels.length > 0 ? { labelSelector: { requirements: labels } } : {}),
  };
}

function fieldRequirements(text: string | undefined) {
  return parsed(text, parseFieldSelector).map(({ field, operator, value }) => ({
    key: field,
    operator: operator === '=' ? 'In' : 'NotIn',
    values: [value],
  }));
}

const labelOperators: Readonly<Record<string, string>> = {
  '=': 'In',
  '==': 'In',
  in: 'In',
  '!=': 'NotIn',
  notin: 'NotIn',
  exists: 'Exists',
  '!': 'DoesNotExist',
};

/** What is not understood narrows nothing. */
function labelRequirements(text: string | undefined) {
  return parsed(text, parseLabelSelector)
    .filter(({ operator }) => labelOperators[operator])
    .map(({ key, operator, values }) => ({
      key,
      operator: labelOperators[operator]!,
      ...(values.length > 0 ? { values: [...values] } : {}),
    }));
}

function parsed<R>(
  text: string | undefined,
  parse: (text: string) => { readonly requirements: readonly R[] },
) {
  if (!text) return [];
  try {
    return parse(text).requirements;
  } catch (error) {
    if (error instanceof SelectorError) return [];
    throw error;
  }
}

function isCached({
  namespace,
  verb,
  group,
  version,
  resource,
  subresource,
  name,
  path,
}: Attributes): boolean {
  const texts = [namespace, verb, group, version, resource, subresource, name, path];
  return texts.reduce((sum, { length }) => sum + length, 0) < cachedCharactersMax;
}
