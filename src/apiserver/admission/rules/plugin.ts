import type { SchemaRegistry } from '#api/schemas.ts';
import type { Clock } from '#base/clock.ts';
import { cloneJson } from '#base/equal.ts';
import type { Log } from '#base/log.ts';
import { type KubeObject, deepFreeze } from '#machinery/object.ts';
import { type Status, statusError } from '#machinery/status.ts';
import type { Catalog } from '../../resources/served.ts';
import type { StateCache } from '../../resources/state-cache.ts';
import { denial, forbidden } from '../denial.ts';
import { isExempt, matchTarget } from '../matching.ts';
import type { AdmissionPlugin, Mutation } from '../plugin.ts';
import type { AdmissionRequest } from '../request.ts';
import { type Target, Subject, namespaceOf } from '../subject.ts';
import type { BoundRule, Refusal, RuleContext, RuleOperation } from './rule.ts';
import { within } from './within.ts';

export interface RuleEnvironment {
  readonly state: StateCache;
  readonly catalog: Catalog;
  readonly schemas: SchemaRegistry;
  readonly clock: Clock;
  readonly log: Log;
  readonly rules: () => readonly BoundRule[];
}

const timeoutMsDefault = 10_000;
const timeoutMsMax = 30_000;

/** The user's own rules, written in TypeScript and called in this process. Webhooks and policies see what they changed. */
export function admissionRules(environment: RuleEnvironment): AdmissionPlugin {
  const forRequest = (request: AdmissionRequest, step: 'mutate' | 'validate') => {
    const rules = environment.rules();
    return rules.length === 0 || isExempt(request) ? [] : rules.filter(({ rule }) => rule[step]);
  };
  return {
    name: 'AdmissionRules',
    mutate(request, mutation) {
      if (!request.object) return undefined;
      const bound = forRequest(request, 'mutate');
      return bound.length > 0 ? mutateByRules(environment, request, mutation, bound) : undefined;
    },
    validate(request) {
      const bound = forRequest(request, 'validate');
      return bound.length > 0 ? validateByRules(environment, request, bound) : undefined;
    },
  };
}

async function mutateByRules(
  environment: RuleEnvironment,
  request: AdmissionRequest,
  mutation: Mutation,
  bound: readonly BoundRule[],
): Promise<void> {
  const subject = subjectOf(environment, request);
  for (const one of bound) {
    const target = targetOf(environment, one, subject);
    if (!target) continue;
    const changed = await asked(environment, one, subject, target, async (object, context) => {
      const copy = cloneJson(object) as KubeObject;
      const answered = await one.rule.mutate!(copy, context);
      return subject.replace(target, answered ?? copy);
    });
    if (changed) mutation.requireAnother();
  }
}

async function validateByRules(
  environment: RuleEnvironment,
  request: AdmissionRequest,
  bound: readonly BoundRule[],
): Promise<void> {
  const subject = subjectOf(environment, request);
  for (const one of bound) {
    const target = targetOf(environment, one, subject);
    if (!target) continue;
    const refusal = await asked(environment, one, subject, target, (object, context) =>
      one.rule.validate!(deepFreeze(cloneJson(object)), context),
    );
    if (refusal && refusal.length > 0) {
      throw denial(`admission rule ${JSON.stringify(one.rule.name)}`, statusOf(refusal, request, target));
    }
  }
}

function subjectOf({ catalog, schemas }: RuleEnvironment, request: AdmissionRequest): Subject {
  return new Subject(request, catalog, schemas);
}

function targetOf({ state }: RuleEnvironment, { match }: BoundRule, subject: Subject): Target | undefined {
  return matchTarget(match, subject, state.bucket('core/namespaces'));
}

/** What the rule answers; undefined where it failed and may. Throws where it failed and may not. */
async function asked<T>(
  { clock, log }: RuleEnvironment,
  { rule, client }: BoundRule,
  subject: Subject,
  target: Target,
  ask: (object: KubeObject, context: RuleContext) => T | Promise<T>,
): Promise<T | undefined> {
  const { request } = subject;
  const { object, old } = await subject.versioned(target);
  const timeoutMs = Math.min(rule.timeoutMs ?? timeoutMsDefault, timeoutMsMax);
  try {
    return await within(clock, timeoutMs, signal =>
      ask(object ?? old!, {
        operation: request.operation as RuleOperation,
        subresource: request.subresource,
        namespace: namespaceOf(request),
        name: request.name,
        old,
        user: request.user,
        dryRun: request.dryRun,
        client,
        signal,
        warn: message => request.warn(message),
      }),
    );
  } catch (error) {
    const closed = rule.failurePolicy !== 'Ignore';
    const why = error instanceof Error ? error.message : String(error);
    log.warn(`admission rule failed ${closed ? 'closed' : 'open'}`, {
      rule: rule.name,
      error: why,
      stack: error instanceof Error ? error.stack : undefined,
    });
    if (!closed) return undefined;
    throw statusError.internal(`failed calling admission rule ${JSON.stringify(rule.name)}: ${why}`);
  }
}

function statusOf(
  refusal: Exclude<Refusal, undefined | void>,
  request: AdmissionRequest,
  { kind }: Target,
): Partial<Status> {
  if (typeof refusal !== 'string') return statusError.invalid(kind, request.name, refusal).status;
  return { ...forbidden(request, refusal).status, message: refusal };
}
