"""Forms of the house: styled fields, groups, money as typed, records by name, and edits that lose nothing."""

from core.forms.fields import DateInput, MoneyField, check_money, with_current
from core.forms.own_fields import ChoiceRow, CustomFieldForm, NumberField, OwnValuesForm, choice_rows
from core.forms.settings import (
    MONTHS,
    ChannelsForm,
    ClosingForm,
    CompanyForm,
    ErasureForm,
    FxRateForm,
    SavedViewForm,
    ViewForm,
    zone_choices,
)
from core.forms.tags import MergeForm, TagForm
from core.forms.versions import Form, Group, ModelForm, StyledForm, VersionedForm
from core.tables.choices import LongChoice, RecordField, shorten_choices

__all__ = [
    "ErasureForm",
    "ChannelsForm",
    "ChoiceRow",
    "ClosingForm",
    "CompanyForm",
    "CustomFieldForm",
    "DateInput",
    "Form",
    "FxRateForm",
    "Group",
    "LongChoice",
    "MONTHS",
    "MergeForm",
    "ModelForm",
    "MoneyField",
    "NumberField",
    "OwnValuesForm",
    "RecordField",
    "SavedViewForm",
    "ViewForm",
    "StyledForm",
    "TagForm",
    "VersionedForm",
    "check_money",
    "choice_rows",
    "shorten_choices",
    "with_current",
    "zone_choices",
]
