import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { MutatingWebhookConfiguration } from '../generated/types/admissionregistration.v1.ts';
import { setWebhookDefaults } from '../webhook-defaults.ts';
import { validateWebhooks } from '../webhook-validation.ts';

function setDefaults(object: MutatingWebhookConfiguration): void {
  for (const webhook of object.webhooks ?? []) {
    setWebhookDefaults(webhook);
    webhook.reinvocationPolicy ??= 'Never';
  }
}

export const mutatingWebhookConfigurationResource = defineResource<MutatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.MutatingWebhookConfiguration' }],
  kind: 'MutatingWebhookConfiguration',
  resource: 'mutatingwebhookconfigurations',
  singular: 'mutatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  strategy: {
    generation: 'literal',
    metadataPasses: { update: ['create'] },
    allowUnconditionalUpdate: false,
    setDefaults,
    validate: ({ webhooks }) => validateWebhooks(webhooks),
  },
  columns: [nameColumn, column('Webhooks', 'integer'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.webhooks?.length ?? 0, age(object, nowMs)],
});
