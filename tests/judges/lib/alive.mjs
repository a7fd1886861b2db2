// A judge that swallows its own failure says "nothing found" to everything, and a test that trusts it cannot fail.
// So each judge must first find a mistake that was planted for it.

// judge: { name, planted, judge(subject) → findings }. Throws unless the judge finds something in `planted`.
export async function mustFindPlanted({ name, planted, judge }) {
  const findings = await judge(planted);
  if (findings.length === 0) {
    throw new Error(`judge ${name} does not judge: it found nothing in a file with a planted mistake`);
  }
}
