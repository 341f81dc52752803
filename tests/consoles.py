"""The production that the tests of the console show."""

OPERATION = "isc.py.ens.Operation"
PRODUCTION = """Class t.Production Extends Ens.Production
{
XData ProductionDefinition
{
<Production Name="t.Production">
  <Item Name="isc.py.ens.Operation" ClassName="isc.py.ens.Operation">
    <Setting Target="Host" Name="Checkpoint">activity</Setting>
  </Item>
  <Item Name="t.Process" ClassName="t.Process"/>
  <Item Name="Off" ClassName="isc.py.ens.Operation" Enabled="false">
    <Setting Target="Host" Name="Initializer">isc.py.init.Test</Setting>
  </Item>
</Production>
}
}
"""
PROCESS = """Class t.Process Extends Ens.BusinessProcessBPL
{
XData BPL
{
<process language='objectscript' request='Ens.Request' response='Ens.Response'>
<sequence>
<trace value='"over to Python"'/>
<call name='One' target='isc.py.ens.Operation' async='0'>
<request type='isc.py.msg.ExecutionRequest'><assign property='callrequest.Code' value='"x = 1"'/></request>
</call>
</sequence>
</process>
}
}
"""
