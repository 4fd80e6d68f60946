import type { Attributes, Authorizer, Decision } from '../../identity.ts';
import { superuser, unionAuthorizer } from './union.ts';
import { type WebhookSeams, type WebhookSettings, WebhookAuthorizer } from './webhook.ts';

/** One of an AuthorizationConfiguration, in the order in which they are asked. */
export type AuthorizerSettings =
  | { readonly type: 'Node' | 'RBAC' | 'AlwaysAllow' | 'AlwaysDeny' }
  | { readonly type: 'Webhook'; readonly webhook: WebhookSettings };

/** Upstream's --authorization-mode of a cluster that says nothing. */
export const defaultAuthorizers: readonly AuthorizerSettings[] = [{ type: 'Node' }, { type: 'RBAC' }];

const allow: Decision = { decision: 'allow', reason: '' };
const nothing: Decision = { decision: 'none', reason: 'Everything is forbidden.' };

/** Asks those that are configured now; they may be others at the next request. */
export function authorizerChain(
  configured: () => readonly AuthorizerSettings[],
  known: { readonly Node: Authorizer; readonly RBAC: Authorizer },
  seams: WebhookSeams,
): Authorizer {
  const made = (settings: AuthorizerSettings): Authorizer => {
    switch (settings.type) {
      case 'Webhook':
        return new WebhookAuthorizer(settings.webhook, seams);
      case 'AlwaysAllow':
        return { authorize: () => allow };
      case 'AlwaysDeny':
        return { authorize: () => nothing };
      default:
        return known[settings.type];
    }
  };
  let from: readonly AuthorizerSettings[] | undefined;
  let chain: Authorizer | undefined;
  return {
    authorize(asked: Attributes) {
      const settings = configured();
      if (settings !== from) {
        chain = unionAuthorizer([superuser, ...settings.map(made)]);
        from = settings;
      }
      return chain!.authorize(asked);
    },
  };
}
