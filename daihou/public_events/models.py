"""Events from outside, whom they may be about, and which of them disagree."""

from __future__ import annotations

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.db.models import F, Q

from daihou.audit.tracking import audited_changes
from daihou.loan_book.choices import Industry
from daihou.loan_book.models import Customer, Loaded
from daihou.public_events import choices
from daihou.staff.models import Officer
from daihou.storage.fields import BlindIndexField, MoneyField, SealedTextField


@audited_changes()
class PublicEvent(Loaded):
    """Something that is said to have happened to a client or to an industry (外部事件).

    It counts for signals only when a person has confirmed it, and never after `ended_on`.
    """

    number = models.CharField("事件编号", max_length=60, unique=True)
    channel = models.CharField(
        "来路", max_length=10, choices=choices.EventChannel.choices,
        default=choices.EventChannel.FILE,
    )  # fmt: skip
    kind = models.CharField(
        "事件类型", max_length=30, choices=choices.EventKind.choices, null=True, blank=True
    )
    source = models.CharField("来源", max_length=20, choices=choices.EventSource.choices)
    source_name = models.CharField("来源名称", max_length=100, blank=True)
    quality = models.SmallIntegerField(
        "来源质量", choices=choices.Quality.choices, null=True, blank=True
    )
    subject_name = models.CharField("当事人名称", max_length=200, blank=True)
    subject_paper = SealedTextField("当事人证件号码", null=True, blank=True)
    subject_index = BlindIndexField("证件号码索引", null=True, blank=True)
    industry = models.CharField(
        "涉及行业", max_length=1, choices=Industry.choices, null=True, blank=True
    )
    happened_on = models.DateField("发生日")
    published_on = models.DateField("公布日", null=True, blank=True)
    ended_on = models.DateField("移出或解除日", null=True, blank=True)
    case_number = models.CharField("案号或文号", max_length=100, blank=True)
    amount = MoneyField("金额", null=True, blank=True)
    text = models.TextField("内容", blank=True)
    reported_on = models.DateField("收到日", help_text="收到这则消息的营业日", null=True)

    customer = models.ForeignKey(
        Customer, models.PROTECT, null=True, blank=True, related_name="public_events",
        verbose_name="客户",
    )  # fmt: skip
    match_basis = models.CharField(
        "匹配依据", max_length=20, choices=choices.MatchBasis.choices, null=True, blank=True
    )
    state = models.CharField(
        "状态", max_length=20, choices=choices.EventState.choices,
        default=choices.EventState.UNMATCHED,
    )  # fmt: skip
    is_digested = models.BooleanField("已匹配去重", default=False)
    merged_into = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="reports"
    )
    proposed_kind = models.CharField(
        "建议类型", max_length=30, choices=choices.EventKind.choices, null=True, blank=True
    )
    proposed_tone = models.CharField(
        "文字语气", max_length=20, choices=choices.Tone.choices, null=True, blank=True
    )
    tone_confidence = models.SmallIntegerField("语气把握(%)", null=True, blank=True)
    kind_words = ArrayField(
        models.CharField(max_length=40), verbose_name="类型依据", default=list, null=True
    )
    tone_words = ArrayField(
        models.CharField(max_length=40), verbose_name="语气依据", default=list, null=True
    )
    recorded_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="登记人"
    )
    decided_by = models.ForeignKey(
        Officer, models.PROTECT, null=True, blank=True, related_name="+", verbose_name="处理人"
    )
    decided_on = models.DateField("处理日", null=True, blank=True)
    decision_note = models.CharField("处理说明", max_length=300, blank=True, default="")

    class Meta:
        verbose_name = verbose_name_plural = "外部事件"
        constraints = [
            models.CheckConstraint(
                name="event_merged_into_another",
                condition=Q(state="merged", merged_into__isnull=False)
                | (~Q(state="merged") & Q(merged_into=None)),
            ),
            models.CheckConstraint(
                name="event_confirmed_is_complete",
                condition=~Q(state="confirmed")
                | Q(kind__isnull=False, customer__isnull=False)
                | Q(kind__isnull=False, industry__isnull=False),
            ),
            models.CheckConstraint(
                name="event_decided_by_somebody",
                condition=~Q(state__in=("confirmed", "excluded"))
                | Q(decided_by__isnull=False, decided_on__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["customer", "-happened_on"], name="event_by_customer"),
            models.Index(
                fields=["id"], condition=Q(state__in=("unmatched", "to_confirm")),
                name="event_waiting",
            ),
            models.Index(
                fields=["kind"], condition=Q(state="confirmed"), name="event_confirmed"
            ),
        ]  # fmt: skip

    def __str__(self) -> str:
        return self.number


class MatchCandidate(models.Model):
    """A client whom an event may be about; a person decides."""

    event = models.ForeignKey(PublicEvent, models.CASCADE, related_name="candidates")
    customer = models.ForeignKey(Customer, models.CASCADE, related_name="+")
    basis = models.CharField("依据", max_length=20, choices=choices.MatchBasis.choices)
    likeness = models.SmallIntegerField("相似度(%)")

    class Meta:
        verbose_name = verbose_name_plural = "候选客户"
        constraints = [
            models.UniqueConstraint(fields=["event", "customer"], name="candidate_once"),
        ]


class Contradiction(models.Model):
    """Two events about one client that cannot both be right as they stand (矛盾)."""

    earlier = models.ForeignKey(PublicEvent, models.CASCADE, related_name="contradicted_by")
    later = models.ForeignKey(PublicEvent, models.CASCADE, related_name="contradicts")
    about = models.CharField("分歧", max_length=20, choices=choices.Disagreement.choices)
    is_settled = models.BooleanField("已判断", default=False)

    class Meta:
        verbose_name = verbose_name_plural = "事件矛盾"
        constraints = [
            models.UniqueConstraint(fields=["earlier", "later"], name="contradiction_once"),
            models.CheckConstraint(
                name="contradiction_is_between_two", condition=~Q(earlier=F("later"))
            ),
        ]
