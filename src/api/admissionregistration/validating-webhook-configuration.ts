import { age, ageColumn, column, nameColumn } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { ValidatingWebhookConfiguration } from '../generated/types/admissionregistration.v1.ts';
import { setWebhookDefaults } from '../webhook-defaults.ts';
import { validateWebhooks } from '../webhook-validation.ts';

function setDefaults(object: ValidatingWebhookConfiguration): void {
  for (const webhook of object.webhooks ?? []) {
    setWebhookDefaults(webhook);
  }
}

export const validatingWebhookConfigurationResource = defineResource<ValidatingWebhookConfiguration>({
  group: 'admissionregistration.k8s.io',
  versions: [{ version: 'v1', schema: 'io.k8s.api.admissionregistration.v1.ValidatingWebhookConfiguration' }],
  kind: 'ValidatingWebhookConfiguration',
  resource: 'validatingwebhookconfigurations',
  singular: 'validatingwebhookconfiguration',
  categories: ['api-extensions'],
  namespaced: false,
  strategy: {
    generation: 'literal',
    metadataPasses: { update: ['create'] },
    allowUnconditionalUpdate: false,
    setDefaults,
    validate: object => validateWebhooks(object.webhooks),
  },
  columns: [nameColumn, column('Webhooks', 'integer'), ageColumn],
  row: (object, nowMs) => [object.metadata.name, object.webhooks?.length ?? 0, age(object, nowMs)],
});
