import { refusal } from '../auth/refusal.ts';
import { attributesOf } from '../request.ts';
import type { ResourceRequest, Services } from './context.ts';

/** For requests that create though their verb is another one. Throws Forbidden for whom may not. */
export async function mayCreate(services: Services, { info, request }: ResourceRequest): Promise<void> {
  const attributes = attributesOf({ ...info, verb: 'create' }, request.user);
  const { decision, reason } = await services.authorizer.authorize(attributes);
  if (decision !== 'allow') throw refusal(attributes, reason);
}

/** Whether an update makes what is not there: of its kind, so does one of the status. */
export function createsMissing({ served, info: { subresource } }: ResourceRequest): boolean {
  const { allowCreateOnUpdate = false } = served.definition.strategy;
  return allowCreateOnUpdate && (subresource === '' || subresource === 'status');
}
