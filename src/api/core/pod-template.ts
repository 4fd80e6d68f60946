import { column, labelsText, nameColumn, templateCells } from '../columns.ts';
import { defineResource } from '../definition.ts';
import type { PodTemplate } from '../generated/types/core.v1.ts';
import { setPodTemplateDefaults } from './pod/defaults.ts';

export const podTemplateResource = defineResource<PodTemplate>({
  group: '',
  versions: [{ version: 'v1', schema: 'io.k8s.api.core.v1.PodTemplate' }],
  kind: 'PodTemplate',
  resource: 'podtemplates',
  singular: 'podtemplate',
  namespaced: true,
  strategy: { generation: true, setDefaults: object => setPodTemplateDefaults(object.template) },
  columns: [nameColumn, column('Containers'), column('Images'), column('Pod Labels')],
  row: object => [
    object.metadata.name,
    ...templateCells(object.template),
    labelsText(object.template?.metadata?.labels),
  ],
});
