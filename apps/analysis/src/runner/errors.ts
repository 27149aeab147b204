import { errorsOf, type ErrorTable } from '@prelector/kernel';

export const runErrors = {
  'run.runner-crashed': {
    recovery: 'transient',
    meaning: 'The process that runs models ended unexpectedly; it is started anew for the next run.',
  },
  'run.timeout': {
    recovery: 'transient',
    meaning: 'The run took longer than its model package allows, and was ended.',
  },
  'run.memory-exceeded': {
    recovery: 'permanent',
    meaning: 'The run took more memory than its model package or this installation allows, and was ended.',
  },
  'run.cancelled': {
    recovery: 'transient',
    meaning: 'The run was ended because its result was no longer wanted.',
  },
  'run.runner-closed': { recovery: 'transient', meaning: 'The runner was closed while it was asked to run.' },
  'run.message-invalid': {
    recovery: 'permanent',
    meaning: 'A message between Prelector and its runner is not as it must be; a fault of Prelector itself.',
  },
  'run.package-changed': {
    recovery: 'permanent',
    meaning:
      'The model package is not, or is no longer, the very one that this run was made for; ask for the analysis again.',
  },
  'run.instance-foreign': {
    recovery: 'transient',
    meaning:
      'The PACS answered with an image of another study or series than was asked for; ask its operator.',
  },
  'run.images-differ': {
    recovery: 'permanent',
    meaning:
      'The metadata by which the series was selected and the files of its images contradict each other in what is named: the PACS or a device changed one of both, or a file says it in two ways. Compare both there, have them corrected, and ask for the analysis again.',
  },
  'run.instance-repeated': {
    recovery: 'transient',
    meaning: 'The PACS answered with the same image twice.',
  },
  'run.instances-missing': {
    recovery: 'transient',
    meaning: 'Images that the series holds by its metadata did not come from the PACS.',
  },
  'run.instances-undescribed': {
    recovery: 'transient',
    meaning:
      'The PACS sent more images of the series than its metadata described when it was selected; ask its administrator which is right, then ask for the analysis again.',
  },
  'run.artifact-refused': {
    recovery: 'transient',
    meaning:
      'A file that the process which runs models made beside its findings, such as a mask, is not what it said, or larger than a run may make; it was not kept.',
  },
  'run.folder-unreadable': {
    recovery: 'permanent',
    meaning: 'The folder of DICOM files cannot be read.',
  },
} as const satisfies ErrorTable;

export const runError = errorsOf(runErrors);
