import { defineResource } from '../../definition.ts';
import type { CustomResourceDefinition } from '../../generated/types/apiextensions.v1.ts';
import { setCrdDefaults } from './defaults.ts';
import { beginCleanup } from './cleanup.ts';
import { recordStoredVersion, validateCrd, validateCrdStatus, formatWarnings } from './validation.ts';

export const customResourceDefinitionResource = defineResource<CustomResourceDefinition>({
  group: 'apiextensions.k8s.io',
  versions: [
    {
      version: 'v1',
      schema: 'io.k8s.apiextensions-apiserver.pkg.apis.apiextensions.v1.CustomResourceDefinition',
    },
  ],
  hashedVersion: 'v1beta1',
  kind: 'CustomResourceDefinition',
  resource: 'customresourcedefinitions',
  singular: 'customresourcedefinition',
  shortNames: ['crd', 'crds'],
  categories: ['api-extensions'],
  namespaced: false,
  statusSubresource: true,
  withoutTable: ['status'],
  storedAsJson: true,
  strategy: {
    allowUnconditionalUpdate: false,
    defaultPropagation: 'Unsupported',
    setDefaults: setCrdDefaults,
    prepareForCreate: object => {
      // Lists of Go that nobody has made yet.
      const none = null as unknown as [];
      object.status = { acceptedNames: { kind: '', plural: '' }, conditions: none, storedVersions: none };
      recordStoredVersion(object);
    },
    prepareForUpdate: recordStoredVersion,
    prepareForStatusUpdate: object => {
      if (!object.status?.storedVersions?.length) recordStoredVersion(object);
    },
    warnings: formatWarnings,
    validateInSteps: validateCrd,
    validateStatusUpdate: validateCrdStatus,
    holdsDeletion: object => object.metadata.deletionTimestamp === undefined,
    prepareForDelete: beginCleanup,
  },
});
