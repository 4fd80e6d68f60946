import type { SchemaRegistry } from '#api/schemas.ts';
import { matchConditionsBudget } from '#cel/kubernetes.ts';
import type { Authorizer } from '../../identity.ts';
import type { Catalog } from '../../resources/served.ts';
import { forbidden } from '../denial.ts';
import { expressionValues } from '../expression-values.ts';
import { Evaluator } from '../expressions.ts';
import { matchTarget } from '../matching.ts';
import type { WebhookType } from '../metrics.ts';
import type { Subject, Target } from '../subject.ts';
import type { CallerOptions } from './caller.ts';
import type { Hook } from './hooks.ts';

export interface WebhookEnvironment extends CallerOptions {
  readonly catalog: Catalog;
  readonly schemas: SchemaRegistry;
  readonly authorizer: Authorizer;
}

/** Under which version a webhook is to be asked; undefined where it is not. Throws Forbidden where nobody can say. */
export async function hookTarget(
  { state, authorizer, metrics }: WebhookEnvironment,
  { match, conditions, webhook }: Hook,
  subject: Subject,
  type: WebhookType,
): Promise<Target | undefined> {
  const target = matchTarget(match, subject, state.bucket('core/namespaces'));
  if (!target || !conditions) return target;
  const values = expressionValues(subject, target, await subject.versioned(target), { authorizer });
  const result = conditions.evaluate(new Evaluator(values, matchConditionsBudget));
  if (result === true) return target;
  const { operation } = subject.request;
  if (result === false) {
    metrics.matchExclusion(webhook.name, 'webhook', type, operation);
    return undefined;
  }
  metrics.matchError(webhook.name, 'webhook', type, operation);
  if (webhook.failurePolicy === 'Ignore') return undefined;
  throw forbidden(subject.request, result.error);
}
