import type {
  MatchResources,
  MutatingWebhook,
  RuleWithOperations,
  ValidatingWebhook,
} from './generated/types/admissionregistration.v1.ts';

interface Match {
  matchPolicy?: string;
  namespaceSelector?: object;
  objectSelector?: object;
}

function setMatch(match: Match): void {
  match.matchPolicy ??= 'Equivalent';
  match.namespaceSelector ??= {};
  match.objectSelector ??= {};
}

function setScopes(rules: readonly RuleWithOperations[] | undefined): void {
  for (const rule of rules ?? []) rule.scope ??= '*';
}

/** Defaults that both kinds of webhook share. */
export function setWebhookDefaults(webhook: MutatingWebhook | ValidatingWebhook): void {
  webhook.failurePolicy ??= 'Fail';
  setMatch(webhook);
  webhook.timeoutSeconds ??= 10;
  if (webhook.clientConfig?.service) webhook.clientConfig.service.port ??= 443;
  setScopes(webhook.rules);
}

/** Defaults of what an admission policy or its binding matches. */
export function setMatchDefaults(match: MatchResources | undefined): void {
  if (!match) return;
  setMatch(match);
  setScopes(match.resourceRules);
  setScopes(match.excludeResourceRules);
}
