// From a project's first facts to the news of its plan: node src/main.ts [URL [TOKEN]]
import { type DueQuery, type ProjectInput, DueDocument, DueSoonDocument, MakeDocument, PreviewDocument, SaveDocument } from "../generated/operations.ts";
import { Planner } from "./planner.ts";

const [url = "http://127.0.0.1:8000/graphql", token] = process.argv.slice(2);
const planner = new Planner(url, token);

const facts: ProjectInput = {
  name: "标准厂房（TypeScript 示例）",
  class: "SOCIAL_INVESTMENT",
  works: "NEW",
  landArea: "33.35 亩",
  newLand: false,
};

/** What the answer says is wrong, for the person who filled in the form. */
function wrong(answer: { __typename: string; message?: string; problems?: { message: string; help: string | null; path: string[] }[] }): Error {
  const lines = answer.problems?.map(({ path, message, help }) => `${path.join(".")}：${message}${help ? `（${help}）` : ""}`);
  return new Error(lines?.join("\n") ?? answer.message ?? answer.__typename);
}

const { planPreview } = await planner.ask(PreviewDocument, { project: facts });
if (planPreview.__typename !== "Plan") throw wrong(planPreview);
console.log(`试算：${planPreview.totals.approvals} 个事项，承诺 ${planPreview.totals.workingDaysPromised} 个工作日`);
for (const { question } of planPreview.openFacts.slice(0, 3)) console.log(`  还要问：${question}`);

// The key makes a repeated request harmless: it gives the project that the first one made.
const { saveProject } = await planner.ask(SaveDocument, { input: { project: facts, requestKey: crypto.randomUUID() } });
if (saveProject.__typename !== "ProjectSaved") throw wrong(saveProject);
const { id, revision } = saveProject.project;
console.log(`已保存：${saveProject.project.name}，第 ${revision} 版`);

// The first message is what there is already (a project without a plan has no deadlines); those that follow are news.
const news = planner.watch(DueSoonDocument, { project: id });
await news.next();

const { makePlan } = await planner.ask(MakeDocument, { input: { projectId: id, expectedRevision: revision } });
if (makePlan.__typename !== "PlanMade") throw wrong(makePlan);
console.log(`计划第 ${makePlan.plan.number} 号：${makePlan.plan.documents?.html ?? "看不到全文"}`);

function page(after: string | null): Promise<DueQuery> {
  return planner.ask(DueDocument, { project: id, after });
}

let { deadlines } = await page(null);
for (const { day, earliest, latest, provisional, name, title } of deadlines.nodes.slice(0, 3)) {
  console.log(`  ${provisional ? `${earliest} 至 ${latest}` : day} ${name}：${title}`);
}
let pages = 1;
for (; deadlines.pageInfo.hasNextPage; pages += 1) ({ deadlines } = await page(deadlines.pageInfo.endCursor));
console.log(`期限：${deadlines.totalCount} 个，${pages} 页`);

const { value } = await news.next();
console.log(`消息：60 个工作日内到期 ${value?.deadlinesComingDue.deadlines.length} 个`);
await news.return(undefined);
