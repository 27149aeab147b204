export { AnalysisModule } from './analysis.module.js';
export { Runner } from './runner/runner.js';
export type { RunnerAnswer } from './runner/runner.js';
export { judgePackages } from './packages/judge-packages.js';
export type { JudgeOptions, JudgedPackage } from './packages/judge-packages.js';
