import { defineCommand } from '../core/command.ts';
import { editMap, editMapFlags } from '../core/edit-map.ts';

export const labelCommand = defineCommand({
  name: 'label',
  usage: '[--overwrite] (-f FILENAME | TYPE NAME) KEY_1=VAL_1 ... KEY_N=VAL_N [--resource-version=version]',
  summary: 'Update the labels on a resource.',
  flags: editMapFlags('label', 'labels'),
  run: context => editMap(context, { field: 'labels', noun: 'label', done: 'labeled', removed: 'unlabeled' }),
});
