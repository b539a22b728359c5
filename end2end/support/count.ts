import type { FullResult, Reporter, TestCase, Suite } from '@playwright/test/reporter';

/** Ends the run with one plain line of counts. */
export default class Count implements Reporter {
  #suite?: Suite;

  onBegin(_: unknown, suite: Suite): void {
    this.#suite = suite;
  }

  onEnd(_: FullResult): void {
    const tests: TestCase[] = this.#suite?.allTests() ?? [];
    const of = (...outcomes: string[]) => tests.filter((test) => outcomes.includes(test.outcome())).length;
    console.log(`e2e: ${of('expected', 'flaky')} passed, ${of('unexpected')} failed, ${of('skipped')} skipped`);
  }

  printsToStdio(): boolean {
    return false;
  }
}
