import type { SchemaRegistry } from '#api/schemas.ts';
import type { Catalog } from '../../resources/served.ts';
import { matchTarget } from '../matching.ts';
import type { Subject, Target } from '../subject.ts';
import type { CallerOptions } from './caller.ts';
import type { Hook } from './hooks.ts';

export interface WebhookEnvironment extends CallerOptions {
  readonly catalog: Catalog;
  readonly schemas: SchemaRegistry;
}

/** Under which version a webhook is to be asked; undefined where it is not. */
export async function hookTarget(
  { state }: WebhookEnvironment,
  hook: Hook,
  subject: Subject,
  _type: 'admit' | 'validating',
): Promise<Target | undefined> {
  return matchTarget(hook.match, subject, state.bucket('core/namespaces'));
}
