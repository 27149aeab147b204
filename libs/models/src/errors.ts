import { errorsOf, type ErrorTable } from '@prelector/kernel';

export const modelErrors = {
  'model.folder-unreadable': {
    recovery: 'transient',
    meaning:
      'The folder of all model packages cannot be read: bring the disk or the share back, or correct `models.folder`.',
  },
  'model.package-unreadable': {
    recovery: 'permanent',
    meaning:
      'The model package cannot be read; mend what is named, or give the user that Prelector runs as the right to read it.',
  },
  'model.manifest-missing': {
    recovery: 'permanent',
    meaning:
      'The folder of a model package holds no file model.yaml; put it there, or take the folder away if it is none.',
  },
  'model.package-too-large': {
    recovery: 'permanent',
    meaning: 'The model package has more files or bytes than a package may have.',
  },
  'model.package-escapes': {
    recovery: 'permanent',
    meaning: 'A file of the model package lies outside its folder, behind a link; copy it into the folder.',
  },
  'model.package-changed': {
    recovery: 'permanent',
    meaning: 'The model package on disk is not the one that was turned on; check it and turn it on again.',
  },
  'model.manifest-invalid': {
    recovery: 'permanent',
    meaning: 'The model.yaml of the package is not as it must be; correct every place named.',
  },
  'model.id-taken': {
    recovery: 'permanent',
    meaning: 'Two folders hold a package of the same id; take one away, or give it an id of its own.',
  },
  'model.graph-unloadable': {
    recovery: 'permanent',
    meaning: 'ONNX Runtime cannot load the graph of the package.',
  },
  'model.input-missing': {
    recovery: 'permanent',
    meaning: 'The graph declares an input that the manifest does not fill.',
  },
  'model.input-mismatch': {
    recovery: 'permanent',
    meaning: 'A tensor does not have the type or the shape that the graph declares.',
  },
  'model.output-missing': {
    recovery: 'permanent',
    meaning: 'The graph does not give an output that the manifest reads.',
  },
  'model.output-unreadable': {
    recovery: 'permanent',
    meaning: 'The graph gives an output of a type that is not read; cast it to float32 in the graph.',
  },
  'model.output-not-a-number': {
    recovery: 'permanent',
    meaning: 'The manifest reads an output as one number, and the graph gives something else.',
  },
  'model.run-failed': {
    recovery: 'permanent',
    meaning: 'ONNX Runtime failed while it ran the graph.',
  },
  'model.session-closed': {
    recovery: 'permanent',
    meaning: 'The session of the model was closed before it was asked to run.',
  },
  'model.volume-incomplete': {
    recovery: 'permanent',
    meaning: 'The slices that came do not make one sound volume.',
  },
  'model.volume-too-large': {
    recovery: 'permanent',
    meaning: 'The volume has more voxels than a run may hold.',
  },
  'model.values-unusable': {
    recovery: 'permanent',
    meaning:
      'The pixels do not hold the values that the model reads; correct the attribute named, or the model.',
  },
  'model.vector-invalid': {
    recovery: 'permanent',
    meaning: 'A test vector of the package is not as it must be; its author has to correct it.',
  },
} as const satisfies ErrorTable;

export const modelError = errorsOf(modelErrors);
