import type { SchemaRegistry } from '#api/schemas.ts';
import { statusError } from '#machinery/status.ts';
import type { Authorizer } from '../../identity.ts';
import type { Catalog } from '../../resources/served.ts';
import { answered } from '../answers.ts';
import { expressionValues } from '../expression-values.ts';
import { matchTarget } from '../matching.ts';
import type { Step } from '../metrics.ts';
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
  environment: WebhookEnvironment,
  { match, conditions, webhook }: Hook,
  subject: Subject,
  type: Step,
): Promise<Target | undefined> {
  const { state, authorizer, metrics } = environment;
  const target = matchTarget(match, subject, state.bucket('core/namespaces'));
  if (!target || !conditions) return target;
  const { operation, served, name } = subject.request;
  const versioned = await subject.versioned(target);
  const result = await answered(authorizer, asked =>
    conditions.evaluate(
      environment,
      operation,
      expressionValues(subject, target, versioned, { authorizer: asked }),
    ),
  );
  if (result === true) return target;
  if (result === false || webhook.failurePolicy === 'Ignore') {
    metrics.matchExclusion({ name: webhook.name, kind: 'webhook', type }, operation);
    return undefined;
  }
  throw statusError.forbidden(served.what, name, result.error);
}
