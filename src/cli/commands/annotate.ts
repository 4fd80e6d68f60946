import { defineCommand } from '../core/command.ts';
import { editMap, editMapFlags } from '../core/edit-map.ts';

export const annotateCommand = defineCommand({
  name: 'annotate',
  usage: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  summary: 'Update the annotations on a resource.',
  flags: editMapFlags('annotate', 'annotations'),
  run: context =>
    editMap(context, { field: 'annotations', noun: 'annotation', done: 'annotated', removed: 'annotated' }),
});
