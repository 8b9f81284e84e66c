"""What each type and field of a comparison, and of a plan made again, means, for those who query it.

Keyed by the names of `planner.compare.comparison` and `planner.verify`. There the two plans are left and right; who asks calls them before
and after. A test holds these tables equal to the models: nothing missing, nothing left over.
"""

from __future__ import annotations

from collections.abc import Mapping

from planner_api.descriptions import Description, EnumDescription, Words

_CODE = "The approval's code; stable."
_BEFORE, _AFTER = "In the plan before; empty when there is none.", "In the plan after; empty when there is none."
_DIGEST = "Digest of the {}: equal digests, equal {}."

_COMPARED: Mapping[str, Description] = {
    "PlanComparison": Description(
        "What differs between two plans, and why each date moved. Working days are positive where the plan after comes later. Figures, caps "
        "and milestones are there even where the plans agree.",
        {
            "left": "The plan before.",
            "right": "The plan after.",
            "settings": "What both plans rest on that is not the same: day, start, routes, rulebook …",
            "facts": "Facts that the two projects do not share.",
            "durations": "Given durations that the two projects do not share.",
            "only_left": "Approvals that only the plan before has.",
            "only_right": "Approvals that only the plan after has.",
            "changed": "Approvals of both plans that are handled differently, dates apart.",
            "blockers": "Blockers (阻断) that only one plan has.",
            "milestones": "开工, 竣工验收 and 投入使用 of both plans, on both schedules.",
            "moved": "Dates of approvals that are not the same, each with its cause.",
            "figures": "Counts of both plans.",
            "caps": "Caps on the time to a milestone (总时限), in both plans.",
            "empty": "Whether the two plans are the same in everything compared.",
            "causes": "Every cause of a moved date once, the one that moved the most dates first.",
        },
    ),
    "ComparedPlan": Description(
        "One of the two plans: what it was made from and what it comes to.",
        {
            "name": "The project's 名称.",
            "as_of": "The day whose law it is made for.",
            "start": "The day the applicant begins.",
            "routes": "Which of the open routes it takes.",
            "target": "The wished milestone date; null when none was asked for.",
            "choice": "What the routes taken gain.",
            "rulebook": _DIGEST.format("rulebook", "rules"),
            "rulebook_name": "The rulebook's name.",
            "calendar": _DIGEST.format("calendar", "calendars"),
            "facts": _DIGEST.format("facts", "facts"),
            "milestones": "Its milestones.",
            "totals": "Its time and burden in numbers.",
        },
    ),
    "SettingChange": Description(
        "Something both plans rest on that is not the same.",
        {
            "setting": "What it is.",
            "subject": "Of which program, where the setting is VERSION; else empty.",
            "left": _BEFORE,
            "right": _AFTER,
        },
    ),
    "ValueChange": Description(
        "A fact or duration that the two projects do not share.",
        {
            "code": "The fact's code, or the step's (`construction`: the works).",
            "name": "名称.",
            "left": "Before, in Chinese; empty when not given, which is unknown (未知).",
            "right": "After, in Chinese; empty when not given, which is unknown (未知).",
        },
    ),
    "ItemOfOne": Description(
        "An approval that only one of the plans has.",
        {
            "code": _CODE,
            "name": "名称.",
            "stage": "The stage (阶段), in Chinese.",
            "department": "The bureau that handles it.",
            "status": "REQUIRED when that plan's facts settle it; DEPENDS when it turns on facts not given.",
            "because": "Why it is needed there, in Chinese.",
            "why_not": "Why the other plan has none, in Chinese; empty when that plan says nothing of it.",
        },
    ),
    "FieldChange": Description(
        "One thing about an approval that is not the same.",
        {
            "field": "What it is.",
            "subject": "The code or name of the gate, paper, step or route it is about; empty where the field has only one.",
            "name": "That one's 名称; empty where the field has only one.",
            "left": _BEFORE,
            "right": _AFTER,
        },
    ),
    "ItemChange": Description(
        "An approval that both plans have and handle differently, dates apart.",
        {"code": _CODE, "name": "名称.", "changes": "What is not the same."},
    ),
    "Cause": Description(
        "Why a date moved: the first difference met when the date is followed back through what sets it.",
        {
            "kind": "What sort of difference it is.",
            "code": "The approval it lies in (`construction`: the works); empty where it lies in the plan as a whole.",
            "name": "That one's 名称; empty where it lies in the plan as a whole.",
            "field": "Which of that approval's changes it is; null where it is none of them.",
            "subject": "The subject of that change.",
            "text": "The same in Chinese, from before to after.",
        },
    ),
    "MovedDate": Description(
        "A date of an approval of both plans that is not the same.",
        {
            "code": _CODE,
            "name": "名称.",
            "which": "Which of its dates.",
            "left": "Before; null where that plan has no such date.",
            "right": "After; null where that plan has no such date.",
            "working_days": "Working days from before to after; null where one plan has no such date.",
            "cause": "Why.",
        },
    ),
    "MilestoneDates": Description(
        "A milestone in both plans.",
        {
            "milestone": "Which milestone.",
            "schedule": "Whether offices take their promised or their statutory limits.",
            "left": "Before.",
            "right": "After.",
            "working_days": "Working days from before to after.",
            "cause": "Why it moved; null where it did not.",
        },
    ),
    "Figure": Description("A count of both plans.", {"figure": "What is counted.", "left": "Before.", "right": "After."}),
    "CapOfBoth": Description(
        "A cap on the time to a milestone (总时限), in working days. Null where it does not bind that plan.",
        {
            "code": "Its code; stable.",
            "name": "名称.",
            "days_left": "The cap before.",
            "days_right": "The cap after.",
            "working_days_left": "What the plan before comes to.",
            "working_days_right": "What the plan after comes to.",
            "over_left": "Whether the plan before exceeds it.",
            "over_right": "Whether the plan after exceeds it.",
        },
    ),
    "BlockerOfOne": Description(
        "A blocker (阻断) that only one of the plans has.",
        {"side": "Which plan.", "text": "The blocker, in Chinese."},
    ),
}

COMPARISON = Words(
    models=_COMPARED,
    enums=(
        EnumDescription(
            "ComparedSetting",
            "Something a plan rests on.",
            {
                "name": "项目名称.",
                "content": "建设内容.",
                "district": "县区.",
                "progress": "形象进度.",
                "as_of": "The day whose law applies.",
                "start": "The day the applicant begins.",
                "target": "The wished milestone date.",
                "routes": "Which of the open routes are taken.",
                "rulebook": "The rulebook, by name and digest.",
                "calendar": "The calendar, by digest.",
                "version": "The version of a program.",
            },
        ),
        EnumDescription(
            "ComparedField",
            "Something about an approval.",
            {
                "status": "Whether it is needed or depends.",
                "department": "The bureau.",
                "promised": "承诺时限.",
                "statutory": "法定时限.",
                "special_procedure": "A procedure whose time does not count (特别程序).",
                "route": "The route taken.",
                "routes": "A route that is open.",
                "gate": "What it waits for (前置).",
                "paper": "A paper (材料).",
                "preparation": "A step before it (准备).",
                "validity": "How long its result is valid (有效期).",
                "channel": "How it is handed in (办理方式).",
            },
        ),
        EnumDescription(
            "ItemDateName",
            "A date of an approval.",
            {
                "accept": "受理.",
                "decide_promised": "办结, on the promised limit.",
                "decide_statutory": "办结, on the statutory limit.",
                "latest_submit": "The last day to hand in.",
                "supplement_by": "The last day for papers that follow (容缺后补).",
                "verify_by": "The last day for checking a commitment (核查).",
            },
        ),
        EnumDescription(
            "ScheduleName",
            "How long offices are taken to need.",
            {"promised": "Their full promised limits (承诺时限).", "statutory": "Their full statutory limits (法定时限)."},
        ),
        EnumDescription("ComparedSide", "One of the two plans.", {"left": "The plan before.", "right": "The plan after."}),
        EnumDescription(
            "CauseKind",
            "What sort of difference moved a date.",
            {
                "start": "The day the applicant begins.",
                "target": "The wished milestone date.",
                "calendar": "The calendar.",
                "version": "The program.",
                "item": "An approval that only one plan has.",
                "limit": "The limit of an approval.",
                "special_procedure": "A procedure whose time does not count.",
                "preparation": "A step before an approval.",
                "construction": "The duration of the works.",
                "gate": "What an approval waits for.",
                "route": "The route taken.",
                "cycle": "Approvals that wait for each other.",
                "unexplained": "None of these: neither plan says more.",
            },
        ),
        EnumDescription(
            "PlanFigure",
            "A count of a plan.",
            {
                "steps": "How often the applicant applies somewhere.",
                "approvals": "Approvals.",
                "departments": "Bureaus.",
                "materials": "Papers.",
                "shared_materials": "Papers that the offices fetch.",
                "reused_materials": "Papers handed in with an earlier item already.",
                "materials_to_submit": "Papers that remain to be handed in.",
                "visits": "Visits in person, over the approvals of which it is known.",
                "visits_unknown": "Approvals of which it is not known.",
                "working_days_promised": "Working days in parallel, on promised limits.",
                "working_days_statutory": "Working days in parallel, on statutory limits.",
                "working_days_serial": "Working days one after another.",
                "promises": "Promises (告知承诺) that are the applicant's choice.",
                "later_papers": "Papers that follow after acceptance (容缺).",
                "open_facts": "Facts not given that something turns on.",
            },
        ),
    ),
    renamed={"MilestoneDates": "ComparedMilestone", "Figure": "ComparedFigure", "CapOfBoth": "ComparedCap", "Cause": "MoveCause"},
    said={"left": "before", "right": "after"},
    members=frozenset({"PlanComparison"}),
)

VERIFICATION = Words(
    models={
        "Verification": Description(
            "What came of making a plan again, from its own echo of the project, with the rulebook now in use.",
            {
                "confirmed": "Whether the same plan came out, to the byte.",
                "same_content": "Whether it is the same but for the way it is written.",
                "project": "The project's 名称.",
                "as_of": "The day whose law the plan is made for.",
                "start": "The day the applicant begins.",
                "made_again": "Whether it could be made again at all.",
                "mismatches": "What does not match; empty when confirmed.",
                "more": "Number of further differences that are not listed.",
            },
        ),
        "Mismatch": Description(
            "One thing that does not match.",
            {
                "kind": "What it is about.",
                "text": "The same in Chinese.",
                "path": 'Where in the plan, an approval by its code: `items["filing"].dates.accept.date`; empty for the plan as a whole.',
                "was": "In the plan kept; empty where nothing can be shown.",
                "now": "In the plan made again; empty where nothing can be shown.",
            },
        ),
    },
    enums=(
        EnumDescription(
            "MismatchKind",
            "What no longer matches.",
            {
                "facts": "The project does not fit the digest the plan gives of it.",
                "project": "The project can no longer be read or planned.",
                "rulebook": "Made with another rulebook.",
                "calendar": "Made with another calendar.",
                "versions": "Made with another version of a program.",
                "unchecked": "Something else is said of the rulebook's check.",
                "content": "A field says something else.",
                "bytes": "Nothing but the way the same content is written.",
            },
        ),
    ),
    renamed={"Verification": "PlanVerification", "Mismatch": "PlanMismatch"},
)
